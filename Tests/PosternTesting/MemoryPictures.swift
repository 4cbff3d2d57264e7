package import Postern
import Synchronization

/// Pictures in memory.
package final class MemoryPictureFiles: PictureFiles {
  private let kept = Mutex<[PictureName: [PictureName.Size: [UInt8]]]>([:])
  private let isTaken = Mutex<Bool>(false)
  private let failure = Mutex<StoreError?>(nil)
  package let openFolder: String?

  package init(openFolder: String? = nil) { self.openFolder = openFolder }

  package func fail(with error: StoreError?) { failure.withLock { $0 = error } }

  /// Fails where a call is made inside of another one, which would wait forever in a folder.
  package func exclusively<Result>(_ work: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    if let failure = failure.withLock({ $0 }) { throw failure }
    let wasTaken = isTaken.withLock { taken in
      defer { taken = true }
      return taken
    }
    guard !wasTaken else { throw .unusable("taken already") }
    defer { isTaken.withLock { $0 = false } }
    return try work()
  }

  package func save(_ name: PictureName, _ contents: [PictureName.Size: [UInt8]]) throws(StoreError) {
    kept.withLock { $0[name] = $0[name] ?? contents }
  }

  package func read(_ name: PictureName, _ size: PictureName.Size) throws(StoreError) -> [UInt8]? {
    kept.withLock { $0[name]?[size] }
  }

  package func remove(_ name: PictureName) throws(StoreError) { kept.withLock { $0[name] = nil } }
  package func list() throws(StoreError) -> [PictureName] { kept.withLock { Array($0.keys) } }
  package func removeUnfinished() throws(StoreError) {}
}

/// Makes a picture whose bytes are those of the file, in either size, and refuses what begins as `refusal` says.
package struct CopyingPictureMaker: PictureMaker {
  package init() {}

  package func make(
    _ bytes: [UInt8], _ header: PictureHeader
  ) throws(PictureFailure) -> [PictureName.Size: [UInt8]] {
    if bytes.last == 0xFF { throw .unreadable }
    return [.large: bytes, .small: Array(bytes.prefix(50))]
  }
}
