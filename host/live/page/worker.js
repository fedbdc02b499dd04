// Keeps the core apart from the page, so that the page stays responsive while networks are trained.
"use strict";

let core;

onmessage = async ({ data: { module, request } }) => {
  try {
    if (module) {
      core = await load(module);
      postMessage("{}");
    } else {
      postMessage(core(JSON.stringify(request)));
    }
  } catch (error) {
    postMessage(JSON.stringify({ error: `the core stopped: ${error.message}; load the page again` }));
  }
};
