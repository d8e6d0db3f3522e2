/** What a row has: integers as bigint, other numbers as number, text, or null. */
export type SqlValue = bigint | number | string | null
type Expression = (row: Readonly<Record<string, SqlValue>>) => SqlValue
type Condition = (row: Readonly<Record<string, SqlValue>>) => boolean | null

const token =
  /\s*(?:("(?:[^"]|"")*")|('(?:[^']|'')*')|(\d+(?:\.\d+)?(?:E-?\d+)?)|([A-Za-z_]\w*)|(<>|<=|>=|[-+*/()=<>,;]))/y

/** A reader of the conditions that follow WHERE, with SQL's own precedence, types and three-valued logic. */
export function sqlCondition(text: string): Condition {
  return new ConditionParser(text).whole()
}

class ConditionParser {
  private readonly tokens: string[] = []
  private at = 0

  constructor(text: string) {
    token.lastIndex = 0
    while (token.lastIndex < text.trimEnd().length) {
      if (/\s*--/y.test(text.slice(token.lastIndex))) throw new Error(`a comment in: ${text}`)
      const found = token.exec(text)
      if (!found) throw new Error(`cannot read: ${text}`)
      this.tokens.push(found[0].trim())
    }
  }

  whole(): Condition {
    const condition = this.or()
    if (this.at !== this.tokens.length) throw new Error(`left over: ${this.tokens.slice(this.at).join(' ')}`)
    return condition
  }

  private take(word: string): boolean {
    if (this.tokens[this.at] !== word) return false
    this.at++
    return true
  }

  private need(word: string): void {
    if (!this.take(word)) throw new Error(`wanted ${word}, found ${this.tokens[this.at]}`)
  }

  private or(): Condition {
    const parts = [this.and()]
    while (this.take('OR')) parts.push(this.and())
    return (row) => {
      const values = parts.map((part) => part(row))
      return values.includes(true) ? true : values.includes(null) ? null : false
    }
  }

  private and(): Condition {
    const parts = [this.negation()]
    while (this.take('AND')) parts.push(this.negation())
    return (row) => {
      const values = parts.map((part) => part(row))
      return values.includes(false) ? false : values.includes(null) ? null : true
    }
  }

  private negation(): Condition {
    if (!this.take('NOT')) return this.simple()
    const inner = this.negation()
    return (row) => opposite(inner(row))
  }

  private simple(): Condition {
    const begin = this.at
    if (this.take('(')) {
      try {
        const inner = this.or()
        this.need(')')
        return inner
      } catch {
        this.at = begin
      }
    }
    const left = this.sum()
    if (this.take('IS')) {
      this.need('NULL')
      return (row) => left(row) === null
    }
    const isNot = this.take('NOT')
    if (this.take('IN')) {
      const values: Expression[] = []
      this.need('(')
      do values.push(this.sum())
      while (this.take(','))
      this.need(')')
      return (row) => {
        const value = left(row)
        const found = value === null ? null : values.some((each) => compareValues(value, '=', each(row)) === true)
        return isNot ? opposite(found) : found
      }
    }
    if (this.take('BETWEEN')) {
      const low = this.sum()
      this.need('AND')
      const high = this.sum()
      return (row) => {
        const value = left(row)
        const [above, below] = [compareValues(value, '>=', low(row)), compareValues(value, '<=', high(row))]
        return above === null || below === null ? null : above && below
      }
    }
    const operator = this.tokens[this.at++] ?? ''
    if (!['=', '<>', '<', '<=', '>', '>='].includes(operator)) throw new Error(`no comparison: ${operator}`)
    const right = this.sum()
    return (row) => compareValues(left(row), operator, right(row))
  }

  private sum(): Expression {
    let left = this.product()
    for (;;) {
      const operator = this.tokens[this.at]
      if (operator !== '+' && operator !== '-') return left
      this.at++
      left = calculate(left, operator, this.product())
    }
  }

  private product(): Expression {
    let left = this.factor()
    for (;;) {
      const operator = this.tokens[this.at]
      if (operator !== '*' && operator !== '/') return left
      this.at++
      left = calculate(left, operator, this.factor())
    }
  }

  private factor(): Expression {
    const word = this.tokens[this.at++] ?? ''
    if (word === '-') {
      const inner = this.factor()
      return (row) => {
        const value = inner(row)
        return typeof value === 'string' || value === null ? null : -value
      }
    }
    if (word === '(') {
      const inner = this.sum()
      this.need(')')
      return inner
    }
    if (word.startsWith("'")) return () => word.slice(1, -1).replaceAll("''", "'")
    if (/^\d+$/.test(word)) return () => BigInt(word)
    if (/^\d/.test(word)) return () => Number(word)
    if (['SQRT', 'ABS', 'LOG10'].includes(word) && this.take('(')) {
      const inner = this.sum()
      this.need(')')
      return (row) => {
        const value = inner(row)
        if (value === null) return null
        const out =
          word === 'SQRT'
            ? Math.sqrt(Number(value))
            : word === 'ABS'
              ? Math.abs(Number(value))
              : Math.log10(Number(value))
        return Number.isFinite(out) ? out : null
      }
    }
    const name = word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word
    if (!/^["A-Za-z]/.test(word) || ['AND', 'OR', 'NOT', 'IN', 'IS'].includes(word))
      throw new Error(`no value: ${word}`)
    return (row) => {
      if (!Object.hasOwn(row, name)) throw new Error(`no column ${name}`)
      return row[name] as SqlValue
    }
  }
}

function opposite(value: boolean | null): boolean | null {
  return value === null ? null : !value
}

function compareValues(a: SqlValue, operator: string, b: SqlValue): boolean | null {
  if (a === null || b === null) return null
  if ((typeof a === 'string') !== (typeof b === 'string')) throw new Error('text is compared with a number')
  const order = a < b ? -1 : a > b ? 1 : 0
  return { '=': order === 0, '<>': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[
    operator
  ] as boolean
}

function calculate(left: Expression, operator: '+' | '-' | '*' | '/', right: Expression): Expression {
  return (row) => {
    const [a, b] = [left(row), right(row)]
    if (a === null || b === null) return null
    if (typeof a === 'bigint' && typeof b === 'bigint') {
      if (operator === '/') return b === 0n ? null : a / b
      return operator === '+' ? a + b : operator === '-' ? a - b : a * b
    }
    const [x, y] = [Number(a), Number(b)]
    if (operator === '/') return y === 0 ? null : x / y
    return operator === '+' ? x + y : operator === '-' ? x - y : x * y
  }
}
