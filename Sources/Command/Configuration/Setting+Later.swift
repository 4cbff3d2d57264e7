import Postern

extension Setting {
  /// Settings of the programs that Postern replaces, for what this version does not do yet.
  static let later: [Setting] = providers + roles + limits + cache

  private static let noProviders = "people sign in with a password only"

  private static let providers: [Setting] =
    [
      Setting(
        pending: noProviders, "AUTHSVC_ENABLE_OAUTH", .providers, .truth, standard: false,
        "Lets people sign in through the providers below.")
    ]
    + ["GOOGLE", "MICROSOFT", "GITHUB", "OIDC_*"].flatMap { provider in
      [
        Setting(
          pending: noProviders, "\(provider)_CLIENT_ID", .providers, Form.text.orNone(), standard: nil,
          "The identifier that the provider gave this site."),
        Setting(
          pending: noProviders, "\(provider)_CLIENT_SECRET", .providers, Form.anything.orNone(), standard: nil,
          isSecret: true, "The secret that came with it."),
        Setting(
          pending: noProviders, "\(provider)_REDIRECT_URI", .providers, Form.destination.orNone(), standard: nil,
          "The address that the provider sends people back to."),
      ]
    } + [
      Setting(
        pending: noProviders, "OIDC_*_ISSUER", .providers, Form.text.orNone(), standard: nil,
        "The issuer of an OpenID provider under a name of your choice."),
      Setting(
        pending: noProviders, "OIDC_*_SCOPES", .providers, Form.token.list(), standard: ["openid", "email", "profile"],
        "What is asked of that provider."),
    ]

  private static let noAdministration = "roles are given by `postern user add --role` and `postern user role`"

  private static let roles: [Setting] = [
    Setting(
      pending: noAdministration, "AUTHSVC_ENABLE_RBAC", .roles, .truth, standard: false,
      "Serves the API for roles and permissions."),
    Setting(
      pending: noAdministration, "AUTHSVC_ENABLE_ADMIN", .roles, .truth, standard: false,
      "Serves the API for administrators."),
    Setting(
      pending: "it is always kept, and everybody can read their own", "AUTHSVC_ENABLE_AUDIT", .roles, .truth,
      standard: false, "Serves the API for the record of what happened."),
    Setting(
      "AUTHSVC_RBAC_URL_PREFIX", .roles, \.rbacPrefix, .prefix, pending: noAdministration,
      "Where the API for roles and permissions is."),
    Setting(
      "AUTHSVC_ADMIN_URL_PREFIX", .roles, \.adminPrefix, .prefix, pending: noAdministration,
      "Where the API for administrators is."),
    Setting(
      pending: noAdministration, "AUTHSVC_RBAC_ADMIN_ROLE", .roles, .text, standard: "admin",
      "The role that may manage roles."),
    Setting(
      pending: noAdministration, "AUTHSVC_RBAC_ADMIN_PERMISSION", .roles, .text, standard: "rbac.admin",
      "The permission that may, too."),
    Setting(
      pending: "it is for the import of another program's tables, which is not built yet", "AUTHSVC_TABLE_PREFIX",
      .roles, .text, standard: "authsvc", "What the names of those tables begin with."),
  ]

  private static let noCache = "what is asked often is kept in memory, and always current"

  private static let cache: [Setting] = [
    Setting(
      pending: noCache, "AUTHSVC_CACHE_PERMISSIONS", .limits, .truth, standard: true, "Keeps permissions in memory."),
    Setting(
      pending: noCache, "AUTHSVC_PERMISSION_CACHE_TTL", .limits, .duration(atLeast: .zero), standard: .seconds(300),
      "For how long."),
    Setting(
      pending: noCache, "AUTHSVC_CACHE_USER_DATA", .limits, .truth, standard: false, "Keeps accounts in memory."),
    Setting(
      pending: noCache, "AUTHSVC_CACHE_TIMEOUT", .limits, .duration(atLeast: .zero), standard: .seconds(300),
      "For how long."),
    Setting(
      pending: noCache, "CACHE_TYPE", .limits, .text, standard: "SimpleCache",
      "Where the cache is: in memory, or in Redis."),
    Setting(
      pending: noCache, "CACHE_REDIS_URL", .limits, Form.text.orNone(), standard: nil, "The Redis for the cache."),
    Setting(
      pending: noCache, "CACHE_DEFAULT_TIMEOUT", .limits, .duration(atLeast: .zero), standard: .seconds(300),
      "For how long it keeps what it was given."),
  ]
}
