import { describe, expect, it } from 'vitest'
import { createSession, exitCodes, runCli } from '../src/index.ts'

/** What the command line says when npm has handed on `words` and made settings of the rest. */
async function call(
  command: string,
  words: string[],
  settings: Record<string, string>,
  text = `npm run astronomaly -- ${command}`,
) {
  let err = ''
  let out = ''
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`npm_config_${name}`, value]))
  const session = createSession({
    out: { write: (part) => (out += part) },
    err: { write: (part) => (err += part) },
    signal: new AbortController().signal,
    command: 'npm run astronomaly --',
    npm: {
      command,
      call: text,
      words,
      env: { ...env, npm_config_prefix: '/usr', npm_config_node_gyp: 'x', PATH: '/bin' },
    },
    resolve: (path) => `/nowhere/${path}`,
  })
  const code = await runCli([command, ...words], session)
  return { code, err, out }
}

const typed = (err: string): string => err.trimEnd().split('\n  ').at(-1)!

describe('options that npm has taken because the -- is missing', () => {
  it('are named, with the command as it should be', async () => {
    const { code, err } = await call('rank', ['X', 'Y'], { out: 'true' })
    expect(code).toBe(exitCodes.usage)
    expect(err).toBe(
      'astronomaly: npm has taken --out for itself: a -- must stand before all options. Type\n  npm run astronomaly -- rank X --out Y\n',
    )
  })

  it('get their values back where that is certain, else a place for them', async () => {
    const right = async (...args: Parameters<typeof call>): Promise<string> => typed((await call(...args)).err)
    expect(await right('rank', ['my pictures', "it's"], { out: 'true' })).toBe(
      `npm run astronomaly -- rank 'my pictures' --out 'it'\\''s'`,
    )
    expect(await right('rank', ['X'], { out: 'Y', standardise: '', views: '8' })).toBe(
      'npm run astronomaly -- rank X --out Y --views 8 --no-standardise',
    )
    expect(await right('rank', ['X', 'Y', '10'], { out: 'true', trees: 'true' })).toBe(
      'npm run astronomaly -- rank X --out <run> --trees <n>',
    )
    expect(await right('cutouts', ['a.fits', 'mosaics', 'out'], { out: 'true' })).toContain(
      'cutouts a.fits mosaics --out out',
    )
    expect(await right('export', ['run', 't.csv'], { out: 'true', without_labelled: 'true' })).toBe(
      'npm run astronomaly -- export run --out t.csv --without-labelled',
    )
    expect(await right('rank', ['X', 'Y', '--trees', '10'], { out: 'true' })).toBe(
      'npm run astronomaly -- rank X --out Y --trees 10',
    )
    expect(await right('demo', ['500'], { count: 'true' }, 'npm start --')).toBe('npm start -- --count 500')
    expect(await right('rank', ['X', '10'], { trees: 'true' }, 'npm start --')).toBe('npm start -- X --trees 10')
  })

  it('are looked for among those of the subcommand that was meant, and not among npm’s own', async () => {
    expect((await call('report', ['run'], { out: 'true' })).err).not.toContain('npm has taken')
    expect((await call('evaluate', ['run'], { json: 'true' })).err).not.toContain('npm has taken')
    expect((await call('nonsense', ['run'], { out: 'true' })).err).toContain("unknown command 'nonsense'")
    expect((await call('rank', ['X', '--out', 'Y'], {})).err).toContain('rank: folder must exist')
  })
})

describe('help', () => {
  it('calls the command as its reader does', async () => {
    for (const command of ['rank', 'label', 'evaluate', 'report', 'download', 'cutouts']) {
      const { out } = await call(command, ['--help'], {})
      expect(out).toContain(`Usage: npm run astronomaly -- ${command} `)
      expect(out).toMatch(new RegExp(`^ {2}npm run astronomaly -- ${command} `, 'm'))
      expect(out).not.toMatch(/^ *astronomaly /m)
    }
    const { out } = await call('--help', [], {})
    expect(out).toContain('\n  npm run astronomaly -- label run --labels ~/Downloads/labels.csv\n')
    expect((await call('rank', [], {})).err).toContain('(npm run astronomaly -- <command> --help explains)')
  })
})
