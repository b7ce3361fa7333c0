/**
 * The landing page: every product on sale, by category and by what a number of points affords.
 * It reads the public part of the API and nothing else.
 */

const API = `${location.origin}/v1`;
const PAGE_SIZE = 100;
const KINDS = { coupon: "Coupon", virtual: "Digital", physical: "Goods", service: "Service", discount: "Discount" };

const list = document.querySelector("#products");
const status = document.querySelector("#status");
const categories = document.querySelector("#categories");
const points = document.querySelector("#points");
const card = document.querySelector("#card");
const number = new Intl.NumberFormat("en");

/** Every product on sale, page after page. */
async function loadProducts() {
  const products = [];
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: PAGE_SIZE, ...(cursor && { cursor }) });
    const answer = await fetch(`${API}/products?${query}`);
    if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
    const page = await answer.json();
    products.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return products;
}

/** "out-and-about" as a person would write it. */
function asTitle(category) {
  const words = category.replaceAll(/[-_]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function categoryChoice(value, title, checked) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "radio", name: "category", value, checked });
  label.append(input, title);
  return label;
}

function cardOf(product) {
  const element = card.content.cloneNode(true);
  const picture = element.querySelector("img");
  if (product.image_urls?.length) picture.src = product.image_urls[0];
  else picture.remove();
  element.querySelector(".kind").textContent = `${asTitle(product.category)} · ${KINDS[product.type] ?? product.type}`;
  element.querySelector("h2").textContent = product.name;
  const details = element.querySelector("details");
  details.querySelector("summary").setAttribute("aria-label", `About ${product.name}`);
  details.addEventListener("toggle", () => describe(product, details), { once: true });
  element.querySelector("strong").textContent = number.format(product.price.points);
  element.querySelector(".out").hidden = product.available;
  return element;
}

/** Fill in what only the product's own page of the API tells. */
async function describe(product, details) {
  const text = details.querySelector(".description");
  try {
    const answer = await fetch(`${API}/products/${encodeURIComponent(product.product_id)}`);
    if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
    const { description, stock_left: left } = await answer.json();
    text.textContent = `${description} ${number.format(left)} left.`;
  } catch (error) {
    text.textContent = `This could not be loaded: ${error.message}.`;
  }
}

function show(products) {
  const category = categories.querySelector(":checked")?.value ?? "";
  const budget = points.value === "" ? Infinity : Number(points.value);
  const shown = products.filter(
    (product) => (!category || product.category === category) && product.price.points <= budget,
  );
  list.replaceChildren(...shown.map(cardOf));
  status.textContent = shown.length === 1 ? "1 product" : `${number.format(shown.length)} products`;
}

async function main() {
  document.querySelector("#api").textContent = API;
  try {
    const products = await loadProducts();
    const names = [...new Set(products.map((product) => product.category))].sort();
    categories.append(
      categoryChoice("", "All", true),
      ...names.map((name) => categoryChoice(name, asTitle(name), false)),
    );
    document.querySelector("form").addEventListener("input", () => show(products));
    document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    show(products);
  } catch (error) {
    status.textContent = `The products could not be loaded: ${error.message}. Reload the page to try again.`;
  }
}

await main();
