/** Access to the Kubernetes API, shared by the operator and the data plane. */
@NullMarked
package dev.ballast.apiclient;

import org.jspecify.annotations.NullMarked;
