// npm start: the demonstration. npm start -- <folder> [options of `astronomaly rank`]: ranks that folder into run/<its name>.
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { astronomaly, npm } from './astronomaly.mjs'
import { main, root, seconds, userFolder } from './run-step.mjs'

const words = process.argv.slice(2)
const [first, ...rest] = words
const ranks = first !== undefined && !first.startsWith('-')

function command() {
  const out = (name) => (words.some((word) => /^--out(=|$)/.test(word)) ? [] : ['--out', join(root, 'run', name)])
  if (!ranks) return ['demo', ...out('demo'), ...words]
  const folder = resolve(userFolder, first)
  return ['rank', folder, ...out(basename(folder)), ...rest]
}

await main(async () => {
  const start = performance.now()
  // A first word that is no folder may be the value of an option that npm has taken from the demonstration.
  const meant = ranks && existsSync(resolve(userFolder, first)) ? 'rank' : 'demo'
  const code = await astronomaly(command(), { command: meant, call: `${npm} start --`, words })
  if (code === 0) console.log(`all in ${seconds(start)}`)
  return code
})
