/* node/version.h — what the node says it is. */
#ifndef NODE_VERSION_H
#define NODE_VERSION_H

#define NODE_NAME "WeTEE Node"
#define NODE_VERSION "0.1.0"

#endif /* NODE_VERSION_H */
