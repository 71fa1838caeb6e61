// Chooses a theme of the book by its button: the body of a function of the theme's name. Colours change at
// once, so that none is measured on its way.
const still = new CSSStyleSheet();
still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
document.adoptedStyleSheets = [still];
document.getElementById("mdbook-theme-" + arguments[0]).click();
