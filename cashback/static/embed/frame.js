// Inside the partner's frame: the talk with the host page.
"use strict";
