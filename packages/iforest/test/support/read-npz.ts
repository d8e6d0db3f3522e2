import { type LabelledTable, readLabelledNpz } from '../../../../benchmarks/src/labelled-tables.ts'
import { sharedFile } from '../../../../test/shared-data.ts'

/** A labelled set of ADBench, by its name. */
export function readLabelledSet(name: string): LabelledTable {
  return readLabelledNpz(sharedFile(`data/D_tabular/adbench/${name}.npz`))
}
