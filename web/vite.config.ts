import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import ElementPlus from 'unplugin-element-plus/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import { defineConfig } from 'vitest/config'

// Development proxies everything that is not ours to a running centre (or the mock).
const centre = process.env.DUIZHI_CENTRE ?? 'https://127.0.0.1:8443'
const proxy = { target: centre, secure: false, changeOrigin: false }

export default defineConfig({
  plugins: [
    vue(),
    Components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }),
    ElementPlus({}),
  ],
  // what of vue-i18n no page uses (`legacy: false`) is left out
  define: { __VUE_I18N_LEGACY_API__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    manifest: true, // tests/browser/test_bundles.py counts what each page pulls
    // Small assets stay files: the content security policy allows no data: address for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        // what many pages share comes in one piece: a page asked for up to 75 files, and each costs
        // browser and centre more than its bytes do
        codeSplitting: { groups: [{ name: 'shared', minShareCount: 10, test: /node_modules|src\/(components|base|desk|api)\// }] },
      },
    },
  },
  server: {
    proxy: {
      '/api': proxy,
      '/whip': proxy,
      '/ws': { ...proxy, ws: true },
    },
  },
  test: {
    // a test that needs a page says so in its first line: making one takes most of the time
    environment: 'node',
    include: ['tests/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
