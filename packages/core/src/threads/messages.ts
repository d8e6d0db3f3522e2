/** What a thread is sent: first what it begins with; what its next tasks are about; tasks; that one of them is no longer wanted. */
export type ToThread =
  | { readonly begin: unknown }
  | { readonly load: object }
  | { readonly id: number; readonly task: unknown }
  | { readonly abort: number; readonly reason: unknown }

/** What it answers; errors are packed. */
export type FromThread =
  | { readonly ready: true }
  | { readonly broken: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown; readonly task: unknown }
