extension Scenario {
    /// Something has no end.
    static let floods = [
        Scenario(
            "endless-line", "the reply to PASS is a line without end, once",
            script: [FaultRule(.command("PASS"), .endlessLine, when: .only(1))]),
        Scenario(
            "endless-listing", "UIDL lists without end, once",
            script: [FaultRule(.command("UIDL"), .endlessListing, when: .only(1))]),
        Scenario(
            "endless-message", "message 3 goes on without end, once",
            script: [FaultRule(.transmission(uniqueID: "id3"), .endlessListing, when: .only(1))]),
    ]
}
