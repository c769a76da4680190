// ThreadSanitizer's options for tests that fork: whoever forks is alone, which TSan cannot know. Read before main, so not by the
// environment.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0:exitcode=66:atexit_sleep_ms=0"; }
