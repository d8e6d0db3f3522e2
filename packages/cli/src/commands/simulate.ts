import { writeSurvey } from '@astronomaly/simulate/node'
import type { Command } from 'commander'
import { formatCount } from '../format-count.ts'
import { number, pathIn, seed } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'

/** `astronomaly simulate survey/ --count 500` */
export function addSimulateCommand(program: Command, session: Session): void {
  program
    .command('simulate')
    .description('Make a seeded survey: grz cut-outs as FITS with a catalogue and the truth.')
    .argument('<folder>', 'folder to write: images/, catalogue.fits, truth.csv', pathIn(session))
    .option('--count <n>', 'objects', number, 2000)
    .option('--size <pixels>', 'side of a cut-out; a pixel is 0.262 arcsec', number, 96)
    .option('--seed <seed>', 'root of all randomness', seed, 1)
    .addHelpText(
      'after',
      `
About 3 % are anomalies (gravitational lenses by ray tracing, mergers, rings; rating 5 in truth.csv) and 3 % artefacts (satellite
and bleed trails, missing bands, cosmic rays …; rating 0); the rest are ordinary galaxies (rating 1).`,
    )
    .action((folder: string, flags: { count: number; size: number; seed: number | string }) =>
      perform(session, async ({ run: { signal, onProgress }, say }) => {
        await writeSurvey(folder, { ...flags, signal, onProgress })
        say(`${formatCount(flags.count)} objects: ${folder}`)
      }),
    )
}
