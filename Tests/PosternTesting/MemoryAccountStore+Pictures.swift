package import Postern

extension MemoryAccountStore {
  package func setPicture(
    _ id: AccountID, to picture: PictureName?, by initiator: Initiator
  ) throws(StoreError) -> PictureChange? {
    try storage.transaction { state, now in
      guard let former = state.accounts[id] else { return nil }
      guard former.picture != picture else { return PictureChange(account: former, former: picture) }
      state.accounts[id]!.picture = picture
      state.accounts[id]!.updatedAt = now
      state.record(AuditEvent(.pictureChange, by: initiator, on: id), at: now)
      return PictureChange(account: state.accounts[id]!, former: former.picture)
    }
  }

  package func picturesInUse(among names: [PictureName]) throws(StoreError) -> Set<PictureName> {
    try storage.transaction { state, _ in Set(state.accounts.values.compactMap(\.picture)).intersection(names) }
  }
}
