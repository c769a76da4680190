#include "stress/go/support.hpp"
