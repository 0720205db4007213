/** How an invitation looks: six digits, and a picture of address and digits for phones. */

/** Two groups of three are read out more easily. @param {string} pin */
export const grouped = (pin) => `${pin.slice(0, 3)} ${pin.slice(3)}`;

/**
 * The address of a picture that shows this SVG. As a picture, no part of it can act on the page. What was
 * meant for the middle of a page lacks the namespace that makes it one.
 * @param {string} svg
 */
export function picture(svg) {
  const standalone = svg.replace(/^<svg(?![^>]*xmlns)/, '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml,${encodeURIComponent(standalone)}`;
}
