// npm start: the demonstration. npm start -- <folder> [options of `astronomaly rank`]: ranks that folder into run/<its name>.
import { basename, join, resolve } from 'node:path'
import { astronomaly } from './astronomaly.mjs'
import { main, root, seconds, userFolder } from './run-step.mjs'

function command(args) {
  const [first, ...rest] = args
  const out = (name) => (args.some((arg) => /^--out(=|$)/.test(arg)) ? [] : ['--out', join(root, 'run', name)])
  if (first === undefined || first.startsWith('-')) return ['demo', ...out('demo'), ...args]
  const folder = resolve(userFolder, first)
  return ['rank', folder, ...out(basename(folder)), ...rest]
}

await main(async () => {
  const start = performance.now()
  const code = await astronomaly(command(process.argv.slice(2)))
  if (code === 0) console.log(`all in ${seconds(start)}`)
  return code
})
