import Postern

/// What `work` throws, `nil` when it succeeds.
func refusal<Value>(_ work: () throws(StoreError) -> Value) -> StoreError? {
  do throws(StoreError) {
    _ = try work()
    return nil
  } catch {
    return error
  }
}

func isUnusable(_ error: StoreError?, _ words: String) -> Bool {
  if case .unusable(let text) = error { text.contains(words) } else { false }
}

func isUnavailable(_ error: StoreError?, _ words: String) -> Bool {
  if case .unavailable(let text) = error { text.contains(words) } else { false }
}

func isUnconfirmed(_ error: StoreError?, _ words: String) -> Bool {
  if case .unconfirmed(let text) = error { text.contains(words) } else { false }
}
