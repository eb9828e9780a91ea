/* node/exit_code.h — how wetee-node ends; README.md tells people. */
#ifndef NODE_EXIT_CODE_H
#define NODE_EXIT_CODE_H

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,  /* could not start: port taken, genesis refused, ... */
    EXIT_CODE_USAGE = 2,   /* unknown option, bad value */
    EXIT_CODE_STORE = 3,   /* the store failed while running: the block at hand was not applied */
    EXIT_CODE_DAMAGED = 4, /* what is stored does not fit together: the head's state root is not the trie's */
};

#endif /* NODE_EXIT_CODE_H */
