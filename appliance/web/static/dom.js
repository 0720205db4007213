/** The few things that the pages do with elements. */

/**
 * The element with this id.
 * @param {string} id
 * @returns {any}
 */
export const by = (id) => document.getElementById(id);

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node|string)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An ordered list. @param {string[]} sentences */
export const list = (sentences) => make("ol", {}, ...sentences.map((one) => make("li", {}, one)));

/** Shows one of several elements and hides the others. @param {Element[]} all @param {Element} [shown] */
export function showOnly(all, shown) {
  for (const element of all) element.hidden = element !== shown;
}
