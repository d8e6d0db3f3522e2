/** Rows and separations that grow: what a search finds. */
export class FoundRows {
  count = 0
  rows: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  separations: Float64Array<ArrayBuffer> = new Float64Array(64)

  add(row: number, separation: number): void {
    if (this.count === this.rows.length) {
      const [rows, separations] = [new Uint32Array(2 * this.count), new Float64Array(2 * this.count)]
      rows.set(this.rows)
      separations.set(this.separations)
      this.rows = rows
      this.separations = separations
    }
    this.rows[this.count] = row
    this.separations[this.count++] = separation
  }
}
