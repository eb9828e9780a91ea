# Build vocabulary: wetee_library, wetee_program, wetee_test, wetee_fuzz, wetee_system_test.
# Every test lands in <build>/tests.tsv (name, kind, seconds allowed, command), which tools/run-tests executes.

find_package(PkgConfig REQUIRED)

add_library(wetee_flags INTERFACE)
target_include_directories(wetee_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
target_compile_options(wetee_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wswitch-enum -Wvla -Wundef -Wformat=2 -Wcast-qual -Wwrite-strings
  -Wpointer-arith -Wimplicit-fallthrough -Wdouble-promotion -Wdate-time -Wno-missing-braces -Werror
  -fno-strict-aliasing -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # -Wnull-dereference follows inlined paths of other files at -O2 and is wrong about aborting branches there.
  # -Wmaybe-uninitialized likewise loses track of "untouched on failure, returned at once" across inlined calls.
  target_compile_options(wetee_flags INTERFACE $<$<CONFIG:Debug>:-Wnull-dereference>
    $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
endif()
target_compile_definitions(wetee_flags INTERFACE _GNU_SOURCE $<$<CONFIG:Debug>:WETEE_DEBUG_CHECKS>
  $<$<BOOL:${WETEE_FAULTS}>:WETEE_FAULTS>)
if(WETEE_SANITIZE)
  target_compile_options(wetee_flags INTERFACE -O1 -fsanitize=address,undefined,integer
    -fno-sanitize=unsigned-integer-overflow,unsigned-shift-base,implicit-conversion -fno-sanitize-recover=all)
  target_link_options(wetee_flags INTERFACE -fsanitize=address,undefined)
elseif(WETEE_TSAN)
  target_compile_options(wetee_flags INTERFACE -fsanitize=thread)
  target_link_options(wetee_flags INTERFACE -fsanitize=thread)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(wetee_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection -fPIE)
  target_link_options(wetee_flags INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(WETEE_FUZZ)
  target_compile_options(wetee_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

set_property(GLOBAL PROPERTY WETEE_TESTS "")

# wetee_library(name SOURCES a.c b.c DEPS other... LIBS pkg-or-flag...)
function(wetee_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC wetee_flags ${A_DEPS} ${A_LIBS})
endfunction()

# wetee_program(name SOURCES ... DEPS ... LIBS ...): goes to <build>/bin
function(wetee_program name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE wetee_flags ${A_DEPS} ${A_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

function(wetee_add_to_list name kind seconds command)
  set_property(GLOBAL APPEND_STRING PROPERTY WETEE_TESTS "${name}\t${kind}\t${seconds}\t${command}\n")
endfunction()

# wetee_test(name SOURCES x_test.c ... DEPS ... LIBS ... [SECONDS n]): a cmocka binary, run with TAP output.
function(wetee_test name)
  cmake_parse_arguments(A "" "SECONDS" "SOURCES;DEPS;LIBS" ${ARGN})
  if(NOT A_SECONDS)
    set(A_SECONDS 120)
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE wetee_flags ${A_DEPS} ${A_LIBS} cmocka)
  target_compile_definitions(${name} PRIVATE WETEE_VECTORS="${CMAKE_SOURCE_DIR}/tests/vectors"
    WETEE_BUILD_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  wetee_add_to_list(${name} unit ${A_SECONDS} ${CMAKE_BINARY_DIR}/tests/${name})
endfunction()

# wetee_fuzz(name SOURCE x_fuzz.c DEPS ...): LLVMFuzzerTestOneInput; without WETEE_FUZZ a main that replays files.
function(wetee_fuzz name)
  cmake_parse_arguments(A "" "SOURCE" "DEPS;LIBS" ${ARGN})
  if(WETEE_FUZZ)
    add_executable(${name} ${A_SOURCE})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${A_SOURCE} ${CMAKE_SOURCE_DIR}/tests/fuzz_replay.c)
  endif()
  target_link_libraries(${name} PRIVATE wetee_flags ${A_DEPS} ${A_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  wetee_add_to_list(${name} fuzz 120 "${CMAKE_BINARY_DIR}/fuzz/${name} ${CMAKE_SOURCE_DIR}/tests/corpus/${name}")
endfunction()

# wetee_system_test(name seconds command...): a script printing TAP lines; runs real programs.
function(wetee_system_test name seconds)
  string(JOIN " " command ${ARGN})
  wetee_add_to_list(${name} system ${seconds} "${command}")
endfunction()

function(wetee_write_test_list)
  get_property(tests GLOBAL PROPERTY WETEE_TESTS)
  file(WRITE ${CMAKE_BINARY_DIR}/tests.tsv "${tests}")
endfunction()
