"""Opens every page of the documentation site in headless Chromium, without a network, and looks at it.

  python3 .ci/site.py SITE [PICTURES]    also keeps a picture of every page, as a desk and a phone show it

Prints what is wrong: messages on the console, pictures that do not load, pages that are wider than the
window, formulas that are left as they were written, a search that does not find.
"""

import base64
import pathlib
import sys

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WINDOWS = {"desk": (1280, 900), "phone": (400, 800)}

# What is wrong with a page that has been loaded, each as a line
LOOK = r"""
const wrong = [];
for (const image of document.querySelectorAll('img:not([src=""])')) {
  if (image.naturalWidth === 0) wrong.push("a picture that does not load: " + image.src);
}
const excess = document.documentElement.scrollWidth - window.innerWidth;
if (excess > 0) wrong.push("wider than the window by " + excess + " pixels");
for (const error of document.querySelectorAll(".katex-error")) {
  wrong.push("a formula with an error: " + error.title);
}
const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode;
  const shown = node.parentElement.closest("pre, code, .katex") === null;
  if (shown && /\\\(|\$\$/.test(node.data)) {
    wrong.push("a formula as it was written: " + node.data.trim().replace(/\s+/g, " ").slice(0, 60));
  }
}
if (document.querySelector("main h2[id]") && document.querySelector("#toc") &&
    !document.querySelector("#toc a")) {
  wrong.push("no contents");
}
return wrong;
"""


def start_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "hide-scrollbars",
        # Any address but a file's fails to resolve
        "host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost",
    ):
        options.add_argument("--" + argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def resize(browser, size):
    """The window as a page sees it: Chromium's own would not be narrower than 500 pixels."""
    width, height = size
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def keep_picture(browser, file):
    size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    whole = {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", whole)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(picture["data"]))


def look_at(browser, page, pictures):
    """What is wrong with a page in any of the windows."""
    wrong = []
    browser.get(page.as_uri())
    for window, size in WINDOWS.items():
        resize(browser, size)
        wrong += [f"{window}: {line}" for line in browser.execute_script(LOOK)]
        if pictures:
            keep_picture(browser, pictures / f"{page.parent.name}-{page.stem}-{window}.png")
    return wrong


def search(browser, page, words, answer):
    """What is wrong if the search for some words does not give the answer first."""
    resize(browser, WINDOWS["desk"])
    browser.get(page.as_uri())
    browser.find_element(By.ID, "search-input").send_keys(words)
    try:
        found = WebDriverWait(browser, 10).until(
            lambda _: browser.find_elements(By.CSS_SELECTOR, ".search-results a")
        )
    except TimeoutException:
        return [f"the search for '{words}' finds nothing"]
    first = found[0].get_attribute("href")
    return [] if answer in first else [f"the search for '{words}' gives {first} first"]


def main(site, pictures=None):
    site = pathlib.Path(site).resolve()
    pictures = pictures and pathlib.Path(pictures).resolve()
    pages = sorted(site.rglob("*.html"))
    broken = 0
    browser = start_browser()
    try:
        for page in pages:
            wrong = look_at(browser, page, pictures)
            if page.name == "index.html":
                wrong += search(browser, page, "loss_circle_gradient", "reference/loss_circle_gradient.html")
            wrong += [entry["message"] for entry in browser.get_log("browser")]
            for line in wrong:
                print(f"{page.relative_to(site)}: {line}")
            broken += len(wrong)
    finally:
        browser.quit()
    print(f"{len(pages)} pages, {broken} faults")
    return 1 if broken or not pages else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
