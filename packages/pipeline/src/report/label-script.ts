/** JavaScript source of a function from `[id, rating]` pairs to a CSV file for `astronomaly label`. */
export const ratingsToCsv: string = `(ratings) => 'id,rating\\n' + ratings
  .map(([id, rating]) => (/^[\\w.+-]*$/.test(id) ? id : '"' + id.replaceAll('"', '""') + '"') + ',' + rating + '\\n')
  .join('')`

/**
 * The page's script: rate the focused tile with the keys 0 to 5 or its buttons, go on with the arrow keys, save `labels.csv`.
 *
 * @remarks Ratings are kept in the browser under the page's path until they are discarded; where the browser keeps nothing, leaving
 * the page asks first. The page is complete without the script: it only adds.
 */
export const labelScript: string = `(() => {
  'use strict'
  const toCsv = ${ratingsToCsv}
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
  const given = (id) => {
    const { rating } = tilesOf.get(id)[0].dataset
    return rating === undefined ? undefined : Number(rating)
  }

  const key = 'astronomaly labels ' + location.pathname
  let kept = true
  const ratings = new Map()
  const usable = ([id, rating]) => tilesOf.has(id) && Number.isInteger(rating) && rating >= 0 && rating <= 5 && rating !== given(id)
  try {
    for (const entry of JSON.parse(localStorage.getItem(key) ?? '[]')) if (usable(entry)) ratings.set(...entry)
  } catch {}
  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify([...ratings]))
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
    count.textContent = ratings.size + (ratings.size === 1 ? ' new rating' : ' new ratings')
    save.disabled = discard.disabled = ratings.size === 0
  }
  const rate = (id, rating) => {
    if (rating === undefined || rating === given(id)) ratings.delete(id)
    else ratings.set(id, rating)
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
    const url = URL.createObjectURL(new Blob([toCsv([...ratings])], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'labels.csv'
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10000)
  })
  discard.addEventListener('click', () => {
    if (!confirm('Discard ' + count.textContent + '?')) return
    for (const id of [...ratings.keys()]) rate(id, undefined)
  })
  addEventListener('beforeunload', (event) => {
    if (!kept && ratings.size > 0) event.preventDefault()
  })

  for (const id of tilesOf.keys()) show(id)
  panel.hidden = false
})()
`
