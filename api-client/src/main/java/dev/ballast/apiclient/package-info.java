/** What the operator and the data plane share in their use of the Kubernetes API. */
@NullMarked
package dev.ballast.apiclient;

import org.jspecify.annotations.NullMarked;
