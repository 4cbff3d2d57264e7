import CArgon2
package import Postern

/// Passwords hashed with Argon2id (RFC 9106) through libargon2, kept as PHC strings.
///
/// A password is its UTF-8 bytes, whatever they are, NUL too. Each call takes the memory and time of its parameters and
/// starts a thread per lane beyond the first; how many run at once is for the caller to limit.
package struct Argon2idHasher: PasswordHasher {
  private let settings: Argon2Settings
  private let random: any RandomSource

  private static let saltLength = 16
  private static let tagLength = 32

  package init(settings: Argon2Settings, random: any RandomSource) {
    self.settings = settings
    self.random = random
  }

  package func hash(_ password: String) throws(StoreError) -> String {
    var hash = Argon2idHash(parameters: settings, salt: random.bytes(Self.saltLength), tag: [])
    hash.tag = try tag(of: password, like: hash, count: Self.tagLength)
    return hash.text
  }

  package func verify(_ password: String, against text: String) throws(StoreError) -> Bool {
    guard let hash = Argon2idHash(text), isAffordable(hash.parameters) else { return false }
    return ConstantTime.areEqual(try tag(of: password, like: hash, count: hash.tag.count), hash.tag)
  }

  /// With a random tag: to find a password for it is to break the hash.
  package func decoy() -> String {
    Argon2idHash(parameters: settings, salt: random.bytes(Self.saltLength), tag: random.bytes(Self.tagLength)).text
  }

  package func needsRehash(_ text: String) -> Bool {
    guard let hash = Argon2idHash(text) else { return true }
    return hash.parameters != settings || hash.salt.count != Self.saltLength || hash.tag.count != Self.tagLength
  }

  /// Guards against a stored hash, imported or planted, that would take all memory or minutes: more than 2 GiB (the
  /// costliest that RFC 9106, section 4, recommends), more than 4 GiB written over all passes, more than 64 lanes.
  /// What the settings in force cost is always affordable.
  func isAffordable(_ parameters: Argon2Settings) -> Bool {
    if parameters == settings { return true }
    return parameters.memory <= 2 << 20 && UInt64(parameters.memory) * UInt64(parameters.passes) <= 4 << 20
      && parameters.lanes <= 64
  }

  private func tag(of password: String, like hash: Argon2idHash, count: Int) throws(StoreError) -> [UInt8] {
    // libargon2's pointers are to mutable memory that it only reads, but for the tag.
    var (password, salt) = (Array(password.utf8), hash.salt)
    var tag = [UInt8](repeating: 0, count: count)
    let parameters = hash.parameters
    let code = password.withUnsafeMutableBufferPointer { password in
      salt.withUnsafeMutableBufferPointer { salt in
        tag.withUnsafeMutableBufferPointer { tag in
          var context = argon2_context()
          (context.out, context.outlen) = (tag.baseAddress, UInt32(tag.count))
          (context.pwd, context.pwdlen) = (password.baseAddress, UInt32(password.count))
          (context.salt, context.saltlen) = (salt.baseAddress, UInt32(salt.count))
          context.t_cost = parameters.passes
          context.m_cost = parameters.memory
          (context.lanes, context.threads) = (parameters.lanes, parameters.lanes)
          context.version = ARGON2_VERSION_13.rawValue
          context.allocate_cbk = { memory, size in
            memory?.pointee = HashingMemory.shared.take(size)
            return memory?.pointee == nil ? ARGON2_MEMORY_ALLOCATION_ERROR.rawValue : ARGON2_OK.rawValue
          }
          context.free_cbk = { memory, size in
            if let memory { HashingMemory.shared.give(memory, size) }
          }
          return argon2id_ctx(&context)
        }
      }
    }
    switch argon2_error_codes(code) {
    case ARGON2_OK: return tag
    case ARGON2_MEMORY_ALLOCATION_ERROR:
      throw .unavailable(
        "no memory for a password hash of \(parameters.memory) KiB. Lower POSTERN_HASHERS or POSTERN_ARGON2_MEMORY.")
    case ARGON2_THREAD_FAIL:
      throw .unavailable("no thread for a password hash of \(parameters.lanes) lanes")
    default:
      throw .unusable("libargon2: \(String(cString: argon2_error_message(code)))")
    }
  }
}
