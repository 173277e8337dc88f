// Pages work without this file; with it they are live. It keeps to what htmx does not do.
"use strict";
