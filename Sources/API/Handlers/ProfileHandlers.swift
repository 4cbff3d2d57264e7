import HTTP
import Postern

/// `check-auth`, `protected` and `user/@me`.
enum ProfileHandlers {
  static func checkAuth(_ context: Context) throws -> Response {
    let person = try context.identity()
    return Response(
      status: 200,
      json: [
        "msg": "User is authenticated",
        "user": [
          "email": .string(person.email), "id": .integer(person.account.value), "role": role(person),
        ],
      ])
  }

  static func protected(_ context: Context) throws -> Response {
    let person = try context.identity()
    return Response(
      status: 200,
      json: [
        "msg": .string("Welcome, \(person.email)!"), "role": role(person),
        "user_id": .integer(person.account.value),
      ])
  }

  static func me(_ context: Context) throws -> Response {
    Response(status: 200, json: ["user": JSON(try context.ownAccount(), context.settings)])
  }

  private static func role(_ person: Identity) -> JSON { person.roleID.map(JSON.integer) ?? .null }
}

extension JSON {
  /// An account as its owner sees it.
  init(_ account: Account, _ settings: Settings) {
    let profile = account.profile
    self = [
      "address": JSON(profile.address), "bio": JSON(profile.bio), "city": JSON(profile.city),
      "country": JSON(profile.country), "created_at": .string(account.createdAt.iso8601),
      "date_of_birth": JSON(profile.dateOfBirth), "email": .string(account.email.text),
      "first_name": JSON(profile.firstName), "id": .integer(account.id.value),
      "is_active": .bool(account.isActive), "is_verified": .bool(account.isVerified),
      "last_name": JSON(profile.lastName), "mfa_enabled": .bool(account.hasSecondFactor),
      "occupation": JSON(profile.occupation), "phone_number": JSON(profile.phoneNumber),
      "profile_picture_small_url": JSON(settings.pictureURL(of: account, .small) ?? profile.pictureURL),
      "profile_picture_url": JSON(settings.pictureURL(of: account, .large) ?? profile.pictureURL),
      "provider": .string(account.provider),
      "role_id": account.role.map { .integer($0.id) } ?? .null, "role_name": JSON(account.role?.name),
      "state": JSON(profile.state), "updated_at": .string(account.updatedAt.iso8601),
      "zip_code": JSON(profile.zipCode),
    ]
  }
}
