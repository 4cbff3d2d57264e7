package import HTTP
import Postern

/// Somebody's picture, and the form for another one.
package struct PictureForm: Sendable {
  /// Where the present one is; `nil`: there is none.
  package var address: String?
  package var notice: AccountNotice?
  /// What was wrong with the last attempt, in a sentence.
  package var error: String?

  package init(address: String? = nil, notice: AccountNotice? = nil, error: String? = nil) {
    self.address = address
    self.notice = notice
    self.error = error
  }
}

extension Pages {
  /// It posts the file `profile_picture`, as `multipart/form-data`, to `account/picture`; the other form posts nothing
  /// to `account/picture/remove`. The script shows what has been chosen.
  package static func picture(_ site: Site, _ form: PictureForm, status: Int = 200) -> Response {
    Page(
      site: site, status: status, title: "Your picture",
      content: """
        \(HTML.notice(form.notice?.sentence))
        \(HTML.alert(form.error))
        \(form.address.map { picture(at: $0, size: 160) })
        <form method="post" action="\(site.address(of: "account/picture"))" enctype="multipart/form-data">
        <div class="field">
        <label for="profile_picture">\(form.address == nil ? "Choose a picture" : "Choose another one")</label>
        <input id="profile_picture" name="profile_picture" type="file" \
        accept="image/png,image/jpeg,image/gif,image/webp" required \
        aria-describedby="profile_picture-note\(form.error == nil ? "" : " alert")" data-preview="preview">
        <p class="hint" id="profile_picture-note">PNG, JPEG, GIF or WebP. What is kept is its middle, as a square, \
        without the place and time that cameras write into it.</p>
        </div>
        <figure id="preview" hidden><figcaption class="soft">This is how it will look.</figcaption></figure>
        <button type="submit">Use this picture</button>
        </form>
        \(form.address == nil ? nil : removal(site))
        """,
      imageSources: ["blob:"], isBelowAccount: true
    ).response
  }

  /// A picture of the person whose page it is.
  static func picture(at address: String, size: Int) -> HTML {
    """
    <img class="picture" src="\(address)" alt="Your picture" width="\(size)" height="\(size)">
    """
  }

  private static func removal(_ site: Site) -> HTML {
    """
    <form method="post" action="\(site.address(of: "account/picture/remove"))">
    <button type="submit" class="plain">Remove the picture</button>
    </form>
    """
  }
}
