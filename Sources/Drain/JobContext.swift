import Archive
import Catalog
import Manifest

/// What the sessions of a run share.
struct JobContext: Sendable {
    let layout: ArchiveLayout
    let job: JobSettings
    let catalog: Catalog
    let committer: Committer
    let budget: MemoryBudget
    let listings: ListingRoom
    let sessionLimits: SessionLimits
    let hosts: HostFacts
    let farewells = Farewells()
    let stop: StopControl
    let observer: any DrainObserver
}
