import { type DownloadPicturesOptions, downloadPictures, type LegacySurveyPictures } from '@astronomaly/pipeline'
import { type Command, Option } from 'commander'
import { failureLine, formatBytes, pictureCounts } from '../acquire-lines.ts'
import { number, pathIn, seconds } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { addCatalogueOptions, type CatalogueFlags, layoutOption } from './catalogue-options.ts'

interface DownloadFlags
  extends CatalogueFlags,
    LegacySurveyPictures,
    Pick<
      DownloadPicturesOptions,
      'out' | 'layout' | 'concurrency' | 'retries' | 'giveUpAfter' | 'retryFailed' | 'verify'
    > {
  readonly url?: string
  readonly rate?: number
  readonly timeout?: number
}

/** `astronomaly download objects.fits --out images/` */
export function addDownloadCommand(program: Command, session: Session): void {
  const command = program
    .command('download')
    .description('Download a picture of each object of a catalogue: a folder for rank.')
    .argument('<catalogue>', 'FITS, CSV, Parquet or VOTable of any size with ids and positions', pathIn(session))
    .requiredOption('--out <folder>', 'folder of pictures: made, or gone on with', pathIn(session))
  addCatalogueOptions(command)
    .addOption(
      new Option(
        '--url <template>',
        "address of a picture, with {id}, {ra}, {dec} or any column in braces (default: the Legacy Surveys' viewer)",
      ).conflicts(['layer', 'bands', 'size', 'pixelScale', 'format']),
    )
    .option('--layer <name>', "layer of the viewer (default: 'ls-dr10')")
    .option('--bands <letters>', "bands of the viewer's pictures, a plane each (default: 'grz')")
    .option('--size <pixels>', "side of the viewer's pictures (default: 150)", number)
    .option('--pixel-scale <arcsec>', "of a pixel of the viewer's pictures (default: 0.262)", number)
    .addOption(new Option('--format <name>', "of the viewer's pictures (default: fits)").choices(['fits', 'jpg']))
    .option('--concurrency <n>', 'requests that are open at once (default: 8)', number)
    .option('--rate <n>', 'most requests in a second, retries included (default: no limit)', number)
    .option('--retries <n>', 'further tries of an object after the first (default: 4)', number)
    .option('--timeout <seconds>', 'longest wait for an answer, and silence within it (default: 30)', seconds)
    .option('--give-up-after <n>', 'network failures in a row after which the service is down (default: 100)', number)
    .option('--retry-failed', 'try again also what failed for good, such as by status 404')
    .option('--verify', 'read the pictures of earlier runs and compare their checksums')
    .addOption(layoutOption())
    .addHelpText(
      'after',
      `
Each picture is checked before it gets its name, <id>.fits or <id>.jpg: it is whole and sound, or not there. What of an id a file name
cannot hold is written %XX; rank reads it back, so that its ids are the catalogue's. The journal <folder>/downloads.jsonl has one line for
each object: done, or failed with its reason. Ctrl-C stops; the same command goes on, keeps what is there, and tries again what failed
for a while. An object without a picture does not fail the command.

Examples:
  astronomaly download objects.fits --out images/ --limit 20
  astronomaly download objects.fits --out images/ --layer ls-dr9 --size 200 --rate 10
  astronomaly download tractor.fits --out images/ --id-column '{brickid}_{objid}'
  astronomaly download objects.csv --out images/ --url 'https://example.org/cutout?ra={ra}&dec={dec}&size={side}'
  astronomaly rank images/ --out run/`,
    )
    .action((catalogue: string, flags: DownloadFlags) =>
      perform(session, async ({ run, say }) => {
        const { url, rate, timeout, layer, bands, size, pixelScale, format, ...options } = flags
        const summary = await downloadPictures({
          ...options,
          catalogue,
          source: url ?? { layer, bands, size, pixelScale, format },
          requestsPerSecond: rate,
          timeoutMs: timeout,
          ...run,
        })
        const { out, objects, downloaded, kept, bytes, failed, reasons, journal } = summary
        const volume = downloaded > 0 ? `, ${formatBytes(bytes)}` : ''
        say(`${pictureCounts(downloaded, 'downloaded', kept, objects)}${volume}: ${out}`)
        say(failed > 0 ? failureLine(failed, reasons, journal) : `journal: ${journal}`)
      }),
    )
}
