import Simulation
import Testing

@Suite struct MaildropChangeTests {
    private func uniqueIDs(after change: MaildropChange) -> [String] {
        var maildrop = Sample.maildrop
        maildrop.apply(change)
        return maildrop.messages.map { String(decoding: $0.uniqueID, as: UTF8.self) }
    }

    @Test("mail arrives behind what is there")
    func arrival() {
        let new = SimulatedMessage(uniqueID: "id4", text: "Subject: four\r\n\r\n")
        #expect(uniqueIDs(after: .arrive([new])) == ["id1", "id2", "id3", "id4"])
    }

    @Test("every message of a unique-id vanishes")
    func vanishing() {
        #expect(uniqueIDs(after: .vanish(uniqueID: "id2")) == ["id1", "id3"])
        #expect(uniqueIDs(after: .vanish(uniqueID: "id9")) == ["id1", "id2", "id3"])
    }

    @Test("a host move leaves the messages and changes their unique-ids")
    func renumbering() {
        #expect(uniqueIDs(after: .renumber(prefix: "new-")) == ["new-id1", "new-id2", "new-id3"])
        var maildrop = Sample.maildrop
        maildrop.apply(.renumber(prefix: "new-"))
        #expect(maildrop.messages.map(\.content) == Sample.maildrop.messages.map(\.content))
    }
}
