// Not an advertisement: its name is the test. Who blocks this blocks the shops' tracking too (way_out.js).
