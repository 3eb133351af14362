// The state of the page in its address: the parameters of the fragment, which browsers do not send to the
// service. A link with them shows the same list or record to a colleague.

import { create } from "./dom.js";

const parameters = () => new URLSearchParams(location.hash.slice(1));

export const parameter = (name) => parameters().get(name) || "";

/** Returns the address with other values of parameters; empty ones are left out. */
export function addressWith(values) {
  const changed = parameters();
  for (const [name, value] of Object.entries(values)) {
    if (value) {
      changed.set(name, value);
    } else {
      changed.delete(name);
    }
  }
  const text = changed.toString().replace(/=(?=&|$)/g, ""); // As in the link #payments.
  return location.pathname + location.search + (text ? "#" + text : "");
}

/** Returns a link that changes parameters, as they are when it is followed. */
export function linkTo(values, text) {
  const link = create("a", "", text);
  link.href = addressWith(values);
  link.addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      location.assign(addressWith(values));
    }
  });
  return link;
}

/** Sets parameters without a new entry in the browser's history. */
export function setParameters(values) {
  history.replaceState(null, "", addressWith(values));
}
