/** JavaScript source of a function from `[id, rating, picture]` to a CSV file for `astronomaly label`; `picture` is the fingerprint, if known. */
export const ratingsToCsv: string = `(ratings) => 'id,rating,picture\\n' + ratings
  .map(([id, rating, picture = '']) =>
    (/^[\\w.+-]*$/.test(id) ? id : '"' + id.replaceAll('"', '""') + '"') + ',' + rating + ',' + picture + '\\n')
  .join('')`

/**
 * JavaScript source of a function that parts what the browser kept, `[id, rating, picture, saved]`: the page's own `ratings`, the entries of objects
 * that the page does not show and no file has (`others`, to be kept as they are), and how many are `lost` because they were given to another picture.
 *
 * @remarks `pictureOf(id)` is the fingerprint of the page's own picture, `''` when unknown, undefined when the page does not show the
 * object; `given(id)` is the rating that the run has already: such an entry is done with.
 */
export const takeKept: string = `(entries, pictureOf, given) => {
  const ratings = new Map()
  const others = []
  let lost = 0
  for (const entry of entries) {
    const [id, rating, picture = '', saved = false] = entry
    const shown = pictureOf(id)
    if (shown === undefined) saved || others.push(entry)
    else if (shown !== picture || !Number.isInteger(rating) || rating < 0 || rating > 5) lost++
    else if (rating !== given(id)) ratings.set(id, rating)
  }
  return { ratings, others, lost }
}`

/**
 * The page's script: rate the focused tile with the keys 0 to 5 or its buttons, go on with the arrow keys, save `labels.csv`.
 *
 * @remarks Ratings are kept in the browser under the page's path until they are discarded, each with its picture's fingerprint:
 * what another survey at the same path has left there for an object of the same id is dropped, and that is said. Where the browser keeps
 * nothing, leaving the page asks first. The page is complete without the script: it only adds.
 */
export const labelScript: string = `(() => {
  'use strict'
  const toCsv = ${ratingsToCsv}
  const takeKept = ${takeKept}
  const panel = document.getElementById('labels')
  const count = panel.querySelector('output')
  const [save, discard] = panel.querySelectorAll('button')
  const tilesOf = new Map()
  for (const tile of document.querySelectorAll('.tile')) {
    const id = tile.querySelector('.id').textContent
    tilesOf.set(id, [...(tilesOf.get(id) ?? []), tile])
    const buttons = document.createElement('div')
    buttons.className = 'rate'
    buttons.setAttribute('role', 'group')
    buttons.setAttribute('aria-label', 'Rate')
    for (let rating = 0; rating <= 5; rating++) {
      const button = document.createElement('button')
      button.type = 'button'
      button.tabIndex = -1
      button.textContent = rating
      buttons.append(button)
    }
    tile.querySelector('.picture').after(buttons)
  }
  const idOf = (tile) => tile.querySelector('.id').textContent
  const pictureOf = (id) => tilesOf.has(id) ? tilesOf.get(id)[0].dataset.picture ?? '' : undefined
  const given = (id) => {
    const { rating } = tilesOf.get(id)[0].dataset
    return rating === undefined ? undefined : Number(rating)
  }

  const key = 'astronomaly labels ' + location.pathname
  let kept = true
  let ratings = new Map()
  let others = []
  const saved = new Set()
  try {
    const taken = takeKept(JSON.parse(localStorage.getItem(key) ?? '[]'), pictureOf, given)
    ratings = taken.ratings
    others = taken.others
    if (taken.lost > 0) {
      panel.querySelector('.lost').textContent = 'Dropped: ' + (taken.lost === 1
        ? '1 rating that this browser kept for another picture of the same name.'
        : taken.lost + ' ratings that this browser kept for other pictures of the same names.')
    }
  } catch {}
  const entries = () => [...ratings].map(([id, rating]) => [id, rating, pictureOf(id), saved.has(id)])
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify([...others, ...entries()]))
      kept = true
    } catch {
      kept = false
    }
  }

  const show = (id) => {
    const rating = ratings.get(id) ?? given(id)
    for (const tile of tilesOf.get(id)) {
      tile.classList.toggle('new', ratings.has(id))
      const badge = tile.querySelector('.rating')
      badge.replaceChildren()
      if (rating !== undefined) {
        const word = document.createElement('span')
        word.className = 'unseen'
        word.textContent = 'rated '
        badge.append(word, rating)
      }
      for (const button of tile.querySelectorAll('.rate button')) {
        button.setAttribute('aria-pressed', String(Number(button.textContent) === rating))
      }
    }
    count.textContent = ratings.size + (ratings.size === 1 ? ' new rating' : ' new ratings') +
      (others.length > 0 ? ' and ' + others.length + ' of objects that this page does not show' : '')
    save.disabled = discard.disabled = ratings.size + others.length === 0
  }
  const rate = (id, rating) => {
    if (rating === undefined || rating === given(id)) ratings.delete(id)
    else ratings.set(id, rating)
    saved.delete(id)
    keep()
    show(id)
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('.rate button')
    if (!button) return
    const id = idOf(button.closest('.tile'))
    const rating = Number(button.textContent)
    rate(id, ratings.get(id) === rating ? undefined : rating)
  })

  const neighbour = (tile, name) => {
    const all = [...tile.parentElement.children]
    const columns = getComputedStyle(tile.parentElement).gridTemplateColumns.split(' ').length
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[name]
    return step === undefined ? undefined : all[all.indexOf(tile) + step]
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const tile = event.target.closest('.tile')
    if (!tile) return
    const next = neighbour(tile, event.key)
    if (/^[0-5]$/.test(event.key)) rate(idOf(tile), Number(event.key))
    else if (event.key === 'Backspace' || event.key === 'Delete') rate(idOf(tile), undefined)
    else if (event.key === 'Escape') document.activeElement.blur()
    else if (next) next.focus()
    else return
    event.preventDefault()
  })

  save.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([toCsv([...others, ...entries()])], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'labels.csv'
    link.click()
    // What a file has is no later page's to save again, once its object is not shown any more.
    for (const id of ratings.keys()) saved.add(id)
    others = []
    keep()
    for (const id of tilesOf.keys()) show(id)
    setTimeout(() => URL.revokeObjectURL(url), 10000)
  })
  discard.addEventListener('click', () => {
    if (!confirm('Discard ' + count.textContent + '?')) return
    others = []
    keep()
    for (const id of tilesOf.keys()) rate(id, undefined)
  })
  addEventListener('beforeunload', (event) => {
    if (!kept && ratings.size + others.length > 0) event.preventDefault()
  })

  for (const id of tilesOf.keys()) show(id)
  panel.hidden = false
})()
`
