import { type CutPicturesOptions, cutPictures, type Length, type PictureSize } from '@astronomaly/pipeline'
import { type Command, Option } from 'commander'
import { failureLine, pictureCounts } from '../acquire-lines.ts'
import { expression, list, number, numberOrColumn, pathIn } from '../options.ts'
import { perform } from '../perform.ts'
import type { Session } from '../session.ts'
import { addCatalogueOptions, type CatalogueFlags, layoutOption } from './catalogue-options.ts'

interface CutoutsFlags
  extends CatalogueFlags,
    Pick<
      CutPicturesOptions,
      'out' | 'layout' | 'bands' | 'interpolation' | 'maxSidePixels' | 'edge' | 'orientation' | 'maxOpenFiles' | 'match'
    > {
  readonly size?: Length
  readonly sizeArcsec?: Length
  readonly radius?: Length
  readonly psf?: Length
  readonly unit?: 'arcsec' | 'pixels'
  readonly pixelScale?: number
  readonly pixels?: number
  readonly skipBad?: boolean
}

/** `astronomaly cutouts objects.fits mosaics/ --size 60 --out images/` */
export function addCutoutsCommand(program: Command, session: Session): void {
  const byRadius = ['radius', 'psf', 'unit', 'pixelScale']
  const command = program
    .command('cutouts')
    .description('Cut a picture of each object of a catalogue out of mosaics: a folder for rank.')
    .argument('<catalogue>', 'FITS, CSV, Parquet or VOTable of any size with ids and positions', pathIn(session))
    .argument('<mosaics...>', 'FITS files (also .fz, .gz and .bz2), or folders of them: every picture with a WCS')
    .requiredOption('--out <folder>', 'folder of pictures: made, or gone on with', pathIn(session))
    .addOption(
      new Option('--size <length>', 'side on the sky in pixels of the mosaic: a number, or a column')
        .argParser(numberOrColumn)
        .conflicts(['sizeArcsec', ...byRadius]),
    )
    .addOption(
      new Option('--size-arcsec <length>', 'side on the sky in arcseconds: a number, or a column')
        .argParser(numberOrColumn)
        .conflicts(byRadius),
    )
    .option(
      '--radius <length>',
      "side by the paper's equation 1: half-light radius, a number or column",
      numberOrColumn,
    )
    .option('--psf <length>', 'for --radius: FWHM of the point-spread function, a number or column', numberOrColumn)
    .addOption(new Option('--unit <name>', 'of --radius and --psf (default: arcsec)').choices(['arcsec', 'pixels']))
    .option('--pixel-scale <arcsec>', 'of a pixel of the mosaics, for --radius (default: 0.262)', number)
  addCatalogueOptions(command)
    .option('--bands <names>', 'bands in channel order, such as g,r,z (default: all of the mosaics)', list)
    .option('--pixels <n>', 'rows and columns of the pictures (default: 150)', number)
    .addOption(
      new Option(
        '--interpolation <name>',
        'how values between pixels are found; none: whole pixels as they are (default: bilinear)',
      ).choices(['nearest', 'bilinear', 'bicubic', 'lanczos3', 'none']),
    )
    .addOption(
      new Option(
        '--edge <policy>',
        'at the edge of a mosaic: pad = missing pixels; shift = move inside; reject = no picture (default: pad)',
      ).choices(['pad', 'shift', 'reject']),
    )
    .addOption(
      new Option('--orientation <name>', 'rows along those of the mosaic, or north up (default: mosaic)').choices([
        'mosaic',
        'north',
      ]),
    )
    .option('--max-side-pixels <n>', 'largest side on the sky, in pixels of the mosaic (default: 4096)', number)
    .option('--max-open-files <n>', 'most mosaics that are open at once (default: 64)', number)
    .option(
      '--match <expression>',
      'which files of the folders are mosaics, such as image-[grz]; a group (?<band>…) names their bands',
      expression,
    )
    .option('--skip-bad', 'go on without mosaics that cannot be used')
    .addOption(layoutOption())
    .addHelpText(
      'after',
      `
A mosaic's band is its BAND or FILTER card, or what --match says; BANDS or BAND0, BAND1 … name those of a cube. Every picture of a file
is a mosaic, but for those that show the sky of an earlier one in its band (errors, masks, weights, backgrounds), which are told. Of
mosaics that overlap the one counts in which the object is furthest from an edge; bands on other grids are drawn onto that of the first.
A picture is <id>.fits, with its own WCS; what of an id a file name cannot hold is written %XX, and rank reads it back. Objects without
a picture are in <folder>/cutouts-rejected.csv with their reasons; they do not fail the command. Ctrl-C stops; the same command goes on
and keeps what is there.
rank rejects pictures with missing pixels unless its --max-missing allows them: see --edge.

Examples:
  astronomaly cutouts objects.fits coadds/ --size 60 --bands g,r,z --out images/
  astronomaly cutouts objects.csv stamps/ --match '_(?<band>[gr])band.fits' --size 60 --out images/
  astronomaly cutouts objects.fits coadds/*/*image-r.fits.fz --size-arcsec diameter --edge reject --out images/
  astronomaly cutouts tractor.fits coadds/ --match 'image-[grz]' --radius shape_r --psf psfsize_r --id-column '{brickid}_{objid}' --out images/
  astronomaly rank images/ --out run/`,
    )
    .action((catalogue: string, mosaics: string[], flags: CutoutsFlags) =>
      perform(session, async ({ run, say }) => {
        const { size, sizeArcsec, radius, psf, unit, pixelScale, pixels, skipBad, ...options } = flags
        const summary = await cutPictures({
          ...options,
          catalogue,
          mosaics: mosaics.map((path) => session.resolve(path)),
          size: pictureSize(command, flags),
          side: pixels,
          invalid: skipBad ? 'skip' : 'throw',
          ...run,
        })
        const { out, objects, written, kept, rejected, reasons, rejectedFile } = summary
        say(`${pictureCounts(written, 'cut out', kept, objects)}: ${out}`)
        if (rejected > 0) say(failureLine(rejected, reasons, rejectedFile))
      }),
    )
}

/** The one size that was given. Any other number of them is wrong usage. */
function pictureSize(command: Command, { size, sizeArcsec, radius, psf, unit, pixelScale }: CutoutsFlags): PictureSize {
  if ((radius === undefined) !== (psf === undefined)) {
    command.error("error: options '--radius' and '--psf' must be given together")
  }
  if (size !== undefined) return { pixels: size }
  if (sizeArcsec !== undefined) return { arcsec: sizeArcsec }
  if (radius !== undefined && psf !== undefined) return { halfLightRadius: radius, psfFwhm: psf, unit, pixelScale }
  return command.error("error: one of the options '--size', '--size-arcsec', '--radius' must be given")
}
