export function bundleWorkersInto(dist: string, src: string): Promise<void>
export function setup(): Promise<void>
