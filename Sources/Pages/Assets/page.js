// What the pages gain from a script. Each works without it.
"use strict";

// A button that shows what has been typed into a password field.
for (const input of document.querySelectorAll("input[type=password]")) {
  const box = document.createElement("div");
  box.className = "reveal-box";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", input.id);
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.setAttribute("aria-label", visible ? "Hide password" : "Show password");
  };
  show(false);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // What is sent must be a password to the browser that offers to keep it.
  input.form.addEventListener("submit", () => show(false));
  const hadFocus = document.activeElement === input;
  input.before(box);
  box.append(input, button);
  if (hadFocus) input.focus();
}

// A form is sent once, however often its button is pressed; after a while it may be tried again.
for (const form of document.querySelectorAll("form")) {
  const button = form.querySelector("button[type=submit]");
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    setTimeout(() => button.removeAttribute("aria-disabled"), 5000);
  });
}

// Times in the person's own zone.
for (const time of document.querySelectorAll("time")) {
  const moment = new Date(time.dateTime);
  time.textContent = moment.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" });
}

// Back to where the person came from, where there is something to go back to.
for (const link of document.querySelectorAll("a[data-back]")) {
  if (history.length < 2) continue;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    history.back();
  });
}

// Buttons that only a script can give something to do.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  });
}
for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// What a picture will look like that has been chosen.
for (const input of document.querySelectorAll("input[data-preview]")) {
  const frame = document.getElementById(input.dataset.preview);
  const picture = document.createElement("img");
  Object.assign(picture, { className: "picture", alt: "What you have chosen", width: 160, height: 160 });
  input.addEventListener("change", () => {
    const [file] = input.files;
    frame.prepend(picture);
    URL.revokeObjectURL(picture.src);
    if (file) picture.src = URL.createObjectURL(file);
    frame.hidden = file === undefined;
  });
  // What the browser cannot show may be a picture all the same: the server decides.
  picture.addEventListener("error", () => {
    frame.hidden = true;
  });
}
