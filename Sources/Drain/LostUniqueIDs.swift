/// A server refuses UIDL that had unique-ids before: it may have trouble that passes, or lack them from now on.
///
/// Without them a whole maildrop may be fetched again, so a first refusal in a run is not believed.
struct LostUniqueIDs: Error {
    let refusal: Refusal

    var failure: AccountFailure {
        AccountFailure(
            .retry, "\(refusal), although it had unique-ids before",
            remedy: "run again later; with `retries` a second refusal in one run means that it has none any more")
    }
}
