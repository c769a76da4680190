// ThreadSanitizer's options for tests that fork while nothing else runs, which TSan cannot know: here, so that they hold however a test is
// started.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0:exitcode=66:atexit_sleep_ms=0"; }
