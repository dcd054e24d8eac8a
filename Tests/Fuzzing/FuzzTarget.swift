/// What the fuzzer gives its bytes to. Each target holds properties, not only that nothing crashes.
enum FuzzTarget: String, CaseIterable {
    case replies, unstuffing, segments, headers, messages, mboxrd, members, volumes, records, manifests, exchanges

    /// Ends the process where a property does not hold; the fuzzer then keeps the input.
    func check(_ input: [UInt8]) {
        switch self {
        case .replies: RepliesTarget.check(input)
        case .unstuffing: UnstuffingTarget.check(input)
        case .segments: SegmentsTarget.check(input)
        case .headers: HeadersTarget.check(input)
        case .messages: MessagesTarget.check(input)
        case .mboxrd: MboxrdTarget.check(input)
        case .members: MembersTarget.check(input)
        case .volumes: VolumesTarget.shared.check(input)
        case .records: RecordsTarget.shared.check(input)
        case .manifests: ManifestsTarget.check(input)
        case .exchanges: ExchangesTarget.check(input)
        }
    }

    /// Inputs to begin with that are made rather than kept in files.
    var seeds: [[UInt8]] {
        switch self {
        case .records: RecordsTarget.shared.records
        case .volumes: VolumesTarget.seeds
        default: []
        }
    }
}

/// A property of the code under test.
func holds(_ condition: Bool, _ property: @autoclosure () -> String, line: UInt = #line, file: StaticString = #file) {
    if !condition { fatalError("it does not hold that \(property())", file: file, line: line) }
}
