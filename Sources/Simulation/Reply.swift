/// What a session answers to one command, before faults distort it.
struct Reply {
    enum Body {
        case none
        case lines([String])
        case listing(Listing)
        /// A message; with a number only its header and so many lines (TOP).
        case message(SimulatedContent, bodyLineCount: Int?)
    }

    enum Afterwards {
        case goOn
        case startTLS
        case close
    }

    /// Without CRLF.
    let status: [UInt8]
    var body: Body = .none
    var afterwards: Afterwards = .goOn

    static func ok(_ text: String = "", body: Body = .none, afterwards: Afterwards = .goOn) -> Reply {
        ok(Array(text.utf8), body: body, afterwards: afterwards)
    }

    static func ok(_ text: [UInt8], body: Body = .none, afterwards: Afterwards = .goOn) -> Reply {
        Reply(status: Array((text.isEmpty ? "+OK" : "+OK ").utf8) + text, body: body, afterwards: afterwards)
    }

    static func err(_ text: String) -> Reply { Reply(status: Array("-ERR \(text)".utf8)) }
}

/// LIST or UIDL of a whole maildrop, its lines made when they are sent.
struct Listing {
    enum Kind {
        case sizes
        case uniqueIDs
    }

    let kind: Kind
    let maildrop: OpenMaildrop
}

/// The choices of a reply's form that faults make.
struct ReplyForm {
    var terminator: [UInt8] = [0x2e, 0x0d, 0x0a]
    var isStuffed = true
    var sizeLies: [SizeLie] = []
    var listingForms: [ListingForm] = []

    init(_ faults: [Fault]) {
        for fault in faults {
            switch fault {
            case .omitTerminator: terminator = []
            case .terminator(let bytes): terminator = bytes
            case .unstuffedDot: isStuffed = false
            case .wrongSize(let lie): sizeLies.append(lie)
            case .listing(let form): listingForms.append(form)
            default: break
            }
        }
    }

    func size(of message: SimulatedMessage) -> Int64 {
        sizeLies.reduce(message.listedSize ?? message.content.transmittedByteCount) { $1.size(of: $0) }
    }
}
