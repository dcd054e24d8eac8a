import Archive
import Catalog

/// What the sessions of a run share.
struct JobContext: Sendable {
    let layout: ArchiveLayout
    let catalog: Catalog
    let committer: Committer
    let budget: MemoryBudget
    let stop: StopControl
    let observer: any DrainObserver
}
