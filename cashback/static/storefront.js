// What makes the storefront quicker where scripts run. Every page works without it.
"use strict";
