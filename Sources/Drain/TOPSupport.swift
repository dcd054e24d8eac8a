import POP

/// Whether a server can show headers by TOP, which is optional (RFC 1939, section 7).
enum TOPSupport {
    /// CAPA does not name it.
    case missing
    /// CAPA tells nothing: the server may know it.
    case untold
    case there
    /// It is there, but sessions broke while headers were compared: it is not asked for any more in this run.
    case broken

    init(_ capabilities: Capabilities, isBroken: Bool) {
        let isKnown = !capabilities.names.isEmpty
        self = isKnown && !capabilities.top ? .missing : isBroken ? .broken : isKnown ? .there : .untold
    }

    var mayBeAskedFor: Bool { self == .untold || self == .there }

    /// What an answer tells.
    mutating func learn(_ answers: HeaderRequests.Answers) {
        guard self == .untold else { return }
        if answers.count > 0 { self = .there } else if answers.areRefusedForGood { self = .missing }
    }
}
