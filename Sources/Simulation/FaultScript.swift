/// All that a server does wrong. The same script and the same commands give the same bytes.
package struct FaultScript: Sendable, Equatable, ExpressibleByArrayLiteral {
    package var rules: [FaultRule]

    package init(_ rules: [FaultRule]) { self.rules = rules }

    package init(arrayLiteral elements: FaultRule...) { rules = elements }

    /// A server without a fault.
    package static let none = FaultScript([])

    package static let capaMissing: FaultScript = [FaultRule(.command("CAPA"), .missing)]
    package static let uidlMissing: FaultScript = [FaultRule(.command("UIDL"), .missing)]
    package static let topMissing: FaultScript = [FaultRule(.command("TOP"), .missing)]

    /// PIPELINING is announced, and what is sent behind another command is lost.
    package static let pipeliningBroken: FaultScript = [FaultRule(.anyCommand, .pipeliningBroken)]

    package static func + (left: FaultScript, right: FaultScript) -> FaultScript {
        FaultScript(left.rules + right.rules)
    }

    /// The verbs that the server never knows, and CAPA so does not tell.
    var missingVerbs: Set<String> {
        var verbs: Set<String> = []
        for rule in rules where rule.fault == .missing && rule.occurrence == .every {
            if case .command(let verb, nil) = rule.point { verbs.insert(verb) }
        }
        return verbs
    }
}
