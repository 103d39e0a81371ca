import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import ElementPlus from 'unplugin-element-plus/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import Components from 'unplugin-vue-components/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// What the first script of a page needs (src/boot.ts): small, and waiting for nothing.
const FIRST = /src\/(api\/(client|first|here)|base\/(locale|log-kinds)|i18n\/files|pages)\.ts$|vite\/preload-helper/

// What every page stands in, the sign-in page and a phone too; with all that it needs, and without what only pages
// need on which something is written.
const FRAME = /src\/((main|App|router|i18n\/title|components\/(AppIcon|AppLogo|StateView))\.|base\/(?!unsaved\.))|plugin-vue:export-helper|element-plus\/es\/components\/input\//

// What a running room is shown with, on the wall and at its own desk; and what plays and shows what was said.
const LIVE = /src\/(media\/(live-player|chase|feed|frame|reserve)|components\/(LivePicture|PauseCover|ScriptView|MarkerLine|Alarm(Band|Strip)|useAlarmWords))\./
const SAID = /src\/(media\/(stage|append-queue|recorded-player|sentence-sound)|components\/(SpeechLine|SentenceSound|MomentPlayer))\./

/**
 * The frame's scripts stand in the page itself: the browser fetches them beside the first script, and reads
 * them after it (`modulepreload` would read them before, a tenth of a second on a busy machine). So do its
 * styles and those that many pages share, which base.css changes: they come before it.
 */
function frameInPage(): Plugin {
  return {
    name: 'frame-in-page',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle, chunk }) {
        const chunks = Object.values(bundle ?? {}).filter((one) => one.type === 'chunk')
        const frame = chunks.find((one) => one.moduleIds.some((id) => id.endsWith('/src/main.ts')))
        if (!frame) return []
        const needed = [...frame.imports.flatMap((name) => chunks.find((one) => one.fileName === name) ?? []), frame]
        const styled = [...needed, ...chunks.filter((one) => one.name === 'shared')]
        const styles = new Set(styled.flatMap((one) => [...(one.viteMetadata?.importedCss ?? [])]))
        const link = (attrs: Record<string, string>, file: string, injectTo: 'head' | 'head-prepend') => ({ tag: 'link', attrs: { ...attrs, crossorigin: '', href: `/${file}` }, injectTo })
        return [
          ...[...styles].map((file) => link({ rel: 'stylesheet' }, file, 'head-prepend')),
          ...needed.filter((one) => !chunk?.imports.includes(one.fileName)).map((one) => link({ rel: 'preload', as: 'script' }, one.fileName, 'head')),
        ]
      },
    },
  }
}

// Development proxies everything that is not ours to a running centre (or the mock).
const centre = process.env.DUIZHI_CENTRE ?? 'https://127.0.0.1:8443'
const proxy = { target: centre, secure: false, changeOrigin: false }

export default defineConfig({
  plugins: [
    vue(),
    Components({ dts: false, dirs: [], resolvers: [ElementPlusResolver()] }),
    ElementPlus({}),
    frameInPage(),
  ],
  // what no page and no component it uses asks for is left out: the options API, vue-i18n's legacy way
  define: { __VUE_OPTIONS_API__: 'false', __VUE_I18N_LEGACY_API__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
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
        // what many pages share comes in one piece, and so does what the live desks share: a page
        // asked for up to 75 files, and each costs browser and centre more than its bytes do
        codeSplitting: {
          groups: [
            { name: 'first', test: FIRST, priority: 3 },
            { name: 'frame', test: FRAME, priority: 2 },
            { name: 'shared', minShareCount: 10, test: /node_modules|src\/(components|base|desk|api)\//, priority: 1 },
            { name: 'live', minShareCount: 2, test: LIVE },
            { name: 'said', minShareCount: 2, test: SAID },
            { name: 'desk', minShareCount: 2, test: /src\/(desk\/|components\/(ConnectionBand|VoucherChip|LoadProblem|DemoNotice)\.)/ },
          ],
        },
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
