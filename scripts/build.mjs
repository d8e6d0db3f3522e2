// npm run build: all packages, with declarations.
import { build, install } from './prepare.mjs'
import { main } from './run-step.mjs'

await main(async () => {
  await install()
  await build({ always: true })
})
