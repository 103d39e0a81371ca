// Bundles web/src/media/whip.ts as one script for a page of the tests. Run in web/.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const web = process.cwd()
const found = createRequire(`${web}/package.json`).resolve('vite')
const { build } = await import(pathToFileURL(found).href)
const [output] = await build({
  configFile: false,
  logLevel: 'error',
  root: web,
  resolve: { alias: { '@': `${web}/src` } },
  build: {
    write: false,
    target: 'es2022',
    minify: false,
    lib: { entry: `${web}/src/media/whip.ts`, formats: ['es'] },
  },
})
writeFileSync(process.argv[2], output.output[0].code)
